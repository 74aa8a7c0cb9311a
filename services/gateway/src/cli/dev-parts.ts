import { CliError } from "./cli-error.ts";

/** The packages that only `dev` needs, loaded when it is asked for. Production images lack them (S23). */
export async function loadDevIssuer() {
  return load(
    () => import("@attach-dev/dev-issuer"),
    "@attach-dev/dev-issuer",
    "npm install @attach-dev/dev-issuer",
  );
}

export async function loadDemoEngine() {
  return load(
    () => import("@attach-dev/demo-engine"),
    "@attach-dev/demo-engine",
    "attach-gateway dev --upstream http://localhost:11434",
  );
}

async function load<T>(importer: () => Promise<T>, name: string, wayOut: string): Promise<T> {
  try {
    return await importer();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== "ERR_MODULE_NOT_FOUND" || !message.includes(name)) throw error;
    throw new CliError(`dev needs the package ${name}, which is not installed. Try: ${wayOut}`);
  }
}
