import { expect, test } from "vitest";
import { createDpop } from "./dpop.ts";

/** Both examples of RFC 9449 carry this header. */
const HEADER =
  "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19";
/** Figure 2, §4.1: of a token request. */
const TOKEN_PROOF = `${HEADER}.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg`;
/** Figure 12, §7.1: of a request to a protected resource. */
const RESOURCE_PROOF = `${HEADER}.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA`;
const ACCESS_TOKEN = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";
/** §6.1. */
const JKT = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";

const dpop = createDpop({
  clock: { now: () => 1_562_262_616_500 },
  origins: ["https://server.example.com", "https://resource.example.org"],
  nonceKey: Buffer.alloc(32),
  demandsNonce: false,
});

test("the RFC's proof of a token request proves the RFC's key", () => {
  const request = { proofs: [TOKEN_PROOF], method: "POST", target: "/token" };
  expect(dpop.verifyAtTokenEndpoint(request, undefined)).toMatchObject({
    ok: true,
    value: { jkt: JKT, use: { jti: "-BwC3ESc6acc2lTc" } },
  });
});

test("the RFC's proof of a resource request holds for its token, and for no other", () => {
  const request = { proofs: [RESOURCE_PROOF], method: "GET", target: "/protectedresource" };
  const verify = (text: string) => dpop.verifyAtResource(request, { text, jkt: JKT });
  expect(verify(`${ACCESS_TOKEN}x`)).toEqual({ ok: false, reason: "invalid_dpop_proof" });
  expect(verify(ACCESS_TOKEN)).toEqual({ ok: true, value: undefined });
});
