/** What can go wrong here, told apart by `code` as undici's errors are. */
export type LaneErrorCode =
  | "LANE_INVALID_REQUEST"
  | "LANE_INVALID_RESPONSE"
  | "LANE_TIMEOUT"
  | "LANE_CONNECT_TIMEOUT"
  | "LANE_OTHER_SIDE_CLOSED"
  | "LANE_CLOSED";

export class LaneError extends Error {
  readonly code: LaneErrorCode;

  constructor(code: LaneErrorCode, message: string) {
    super(message);
    this.name = "LaneError";
    this.code = code;
  }
}
