import { isLoopbackUrl } from "../address.ts";
import { readHeaders } from "../metering.ts";
import type { Rule } from "./rule.ts";

export const openmeterNeedsUrl: Rule = ({ settings: { metering }, layers: { report } }) => {
  const { usage, openmeterUrl, openmeterApiKey } = metering;
  if (usage === "openmeter" && openmeterUrl === undefined && !report.isFaulty("metering.openmeterUrl"))
    report.mistake(
      "metering.openmeterUrl",
      "is needed where usage goes to OpenMeter",
      "OPENMETER_URL=https://openmeter.example.com",
    );
  if (usage !== "openmeter" && openmeterUrl !== undefined)
    report.warn("OPENMETER_URL has no effect without USAGE_METERING=openmeter");
  if (openmeterApiKey !== undefined && openmeterUrl !== undefined && isReadable(openmeterUrl))
    report.warn("OPENMETER_API_KEY goes to OpenMeter over plain http: whoever is on the way can read it");
};

export const telemetryHeadersAreReadable: Rule = ({ settings: { telemetry }, layers: { report } }) => {
  const { endpoint, headers } = telemetry;
  if (headers === undefined || report.isFaulty("telemetry.headers")) return;
  if (readHeaders(headers) === undefined)
    report.mistake(
      "telemetry.headers",
      "must be name=value, comma-separated, with values percent-encoded",
      "OTEL_EXPORTER_OTLP_HEADERS=Authorization=Bearer%20<key>",
    );
  else if (endpoint !== undefined && isReadable(endpoint))
    report.warn("OTEL_EXPORTER_OTLP_HEADERS go out over plain http: whoever is on the way can read them");
};

const isReadable = (url: string): boolean => /^http:/i.test(url) && !isLoopbackUrl(url);
