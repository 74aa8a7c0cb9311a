import Type from "typebox";
import { list, onOff } from "../setting.ts";

export const policy = Type.Object(
  {
    files: list("text", {
      description:
        "Your own policies in Cedar: files, and folders of `*.cedar` files. They are read again when they change.",
      env: "POLICY_DIR",
      default: [],
      example: "./policies",
    }),
    defaults: onOff({
      description:
        "The policies that are shipped hold beside yours. `off`: yours alone, and what none of them permits is refused.",
      env: "POLICY_DEFAULTS",
      default: true,
      example: "off",
    }),
  },
  { description: "Policies." },
);
