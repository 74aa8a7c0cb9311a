/** The steps of the Dockerfile, taken where there is no container engine: in a copy of the repository, in a folder for `/`. */
import { execFile } from "node:child_process";
import { chmod, cp, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { DockerfileParser, type Instruction, JSONInstruction } from "dockerfile-ast";
import { ROOT, userEnvironment } from "./packed.ts";

const run = promisify(execFile);

export interface Step {
  readonly keyword: string;
  /** The arguments; those of an instruction in JSON form (`CMD ["serve"]`) are read as JSON. */
  readonly words: readonly string[];
  /** Everything behind the keyword. */
  readonly text: string;
}

export interface Stage {
  readonly base: string;
  readonly steps: readonly Step[];
}

/** The stages of the Dockerfile by name, in order. */
export async function readStages(): Promise<ReadonlyMap<string, Stage>> {
  const dockerfile = DockerfileParser.parse(await readFile(join(ROOT, "Dockerfile"), "utf8"));
  const stages = new Map<string, { base: string; steps: Step[] }>();
  let current: { base: string; steps: Step[] } | undefined;
  for (const step of dockerfile.getInstructions().map(readStep)) {
    const [base = "", , name = ""] = step.words;
    if (step.keyword !== "FROM") {
      current?.steps.push(step);
    } else {
      current = { base, steps: [] };
      stages.set(name, current);
    }
  }
  return stages;
}

function readStep(instruction: Instruction): Step {
  const json = instruction instanceof JSONInstruction ? instruction.getJSONStrings() : [];
  const words =
    json.length > 0
      ? json.map((each) => each.getJSONValue())
      : instruction.getArguments().map((each) => each.getValue());
  return { keyword: instruction.getKeyword(), words, text: instruction.getArgumentsContent() ?? "" };
}

/** The last step of a kind: the one that counts. */
export function lastStep({ steps }: Stage, keyword: string): Step {
  const found = steps.findLast((step) => step.keyword === keyword);
  if (found === undefined) throw new Error(`the stage has no ${keyword}`);
  return found;
}

export interface Rehearsed {
  /** What stands for `/` of the images' files: `app` and `data` lie in it. */
  readonly root: string;
  remove(): Promise<void>;
}

/** Takes the `RUN` steps of the build stage and the `COPY --from` steps of a final one. */
export async function rehearse(stages: ReadonlyMap<string, Stage>, final: string): Promise<Rehearsed> {
  const folder = await mkdtemp(join(tmpdir(), "attach-image-"));
  // Whoever runs the image is somebody else, and passes through the folders of this run.
  await chmod(folder, 0o755);
  for (let above = dirname(folder); basename(above).startsWith("attach-run-"); above = dirname(above))
    await chmod(above, 0o711);
  const [source, out, root] = ["src", "out", "root"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  try {
    await copyContext(source);
    const place = (path: string) => path.replaceAll(/(?<=^|\s)\/out\b/g, out);
    for (const { keyword, text } of stages.get("build")?.steps ?? []) {
      if (keyword === "RUN") await run("sh", ["-c", place(text)], { cwd: source, env: userEnvironment() });
    }
    await mkdir(root);
    for (const { keyword, words } of stages.get(final)?.steps ?? []) {
      const [from = "", to = ""] = words.slice(-2);
      if (keyword === "COPY")
        await cp(place(from), join(root, to), { recursive: true, verbatimSymlinks: true });
    }
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  return { root, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** What `COPY . .` would take: every file that git would commit, save those that .dockerignore names. */
async function copyContext(into: string): Promise<void> {
  const ignored = (await readFile(join(ROOT, ".dockerignore"), "utf8"))
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  const folders = ignored.filter((line) => !line.startsWith("**/")).map((line) => `${line}/`);
  const list = ["ls-files", "--cached", "--others", "--exclude-standard", "-z"];
  const { stdout } = await run("git", list, { cwd: ROOT, maxBuffer: 2 ** 24 });
  const files = stdout
    .split("\0")
    .filter((file) => file !== "" && !folders.some((each) => file.startsWith(each)));
  for (const file of new Set(files)) {
    await mkdir(dirname(join(into, file)), { recursive: true });
    await cp(join(ROOT, file), join(into, file));
  }
}
