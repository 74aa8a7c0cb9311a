/** The outbound door for tests of rooms that only know its port. */
export { createOutbound } from "../../../services/gateway/src/outbound/outbound.ts";
