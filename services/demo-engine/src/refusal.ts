/** A request that the engine will not serve. Each dialect has its own way of saying so. */
export class Refusal extends Error {
  readonly status: number;
  /** OpenAI's machine-readable code. */
  readonly code: string | null;

  constructor(status: number, message: string, code: string | null = null) {
    super(message);
    this.name = "Refusal";
    this.status = status;
    this.code = code;
  }
}
