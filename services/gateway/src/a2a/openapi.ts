/** What the OpenAPI document says of the room's own routes. The calls themselves are A2A's to describe. */

const tags = ["a2a"];
const text = { type: "string" };
const object = { type: "object" };

export const A2A_OPERATIONS = {
  "GET /a2a/agents": {
    operationId: "listCallableAgents",
    summary: "The agents that the caller may call",
    tags,
    parameters: [{ name: "cursor", in: "query", required: false, schema: text }],
    responses: {
      200: {
        description: "A page of them.",
        content: {
          "application/json": {
            schema: {
              type: "object",
              required: ["items", "next"],
              properties: {
                items: {
                  type: "array",
                  items: {
                    type: "object",
                    required: ["id", "name", "card"],
                    properties: { id: text, name: text, card: text },
                  },
                },
                next: { type: ["string", "null"] },
              },
            },
          },
        },
      },
      default: { $ref: "#/components/responses/Problem" },
    },
  },
  "POST /a2a/agents/:agent/rpc": {
    operationId: "callAgent",
    summary: "A2A 1.0 and 0.3 over JSON-RPC",
    tags,
    parameters: [{ name: "agent", in: "path", required: true, schema: text }],
    requestBody: { required: true, content: { "application/json": { schema: object } } },
    responses: {
      200: {
        description: "The answer, or a stream of events.",
        content: { "application/json": { schema: object }, "text/event-stream": { schema: text } },
      },
    },
  },
};
