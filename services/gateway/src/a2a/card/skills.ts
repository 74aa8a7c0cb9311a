import { isJsonObject, type Json, type JsonObject } from "../../core/strict-json.ts";
import { listOf, text, texts } from "./texts.ts";

export interface Skill {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly examples: readonly string[];
  readonly inputModes: readonly string[];
  readonly outputModes: readonly string[];
  /** Any one of these sets of scopes is enough; empty: nothing is asked for. */
  readonly needs: readonly (readonly string[])[];
}

const MAX_SKILLS = 256;

export function readSkills(value: Json | undefined): readonly Skill[] {
  return listOf(value, MAX_SKILLS).flatMap((one) => (isJsonObject(one) ? readSkill(one) : []));
}

function readSkill(skill: JsonObject): readonly Skill[] {
  const id = text(skill["id"], 200);
  if (id === "") return [];
  return [
    {
      id,
      name: text(skill["name"], 200),
      description: text(skill["description"], 8_192),
      tags: texts(skill["tags"]),
      examples: texts(skill["examples"]),
      inputModes: texts(skill["inputModes"]),
      outputModes: texts(skill["outputModes"]),
      needs: listOf(skill["securityRequirements"] ?? skill["security"], 16).map(readRequirement),
    },
  ];
}

/** 1.0: `{schemes: {name: {list: [scope]}}}`; 0.3: `{name: [scope]}`. Which scheme it was counts no more: here it is ours. */
function readRequirement(value: Json): readonly string[] {
  if (!isJsonObject(value)) return [];
  const schemes = isJsonObject(value["schemes"]) ? value["schemes"] : value;
  return Object.values(schemes).flatMap((one) => texts(isJsonObject(one) ? one["list"] : one));
}

/** The skills that somebody with these scopes may use. */
export function skillsFor(skills: readonly Skill[], scopes: ReadonlySet<string>): readonly Skill[] {
  return skills.filter(
    ({ needs }) => needs.length === 0 || needs.some((set) => set.every((scope) => scopes.has(scope))),
  );
}
