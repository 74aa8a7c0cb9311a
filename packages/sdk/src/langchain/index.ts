export { AttachChatHistory, type AttachChatHistoryFields } from "./chat-history.ts";
export { AttachRetriever, type AttachRetrieverFields } from "./retriever.ts";
