import js from "@eslint/js";
import a11y from "eslint-plugin-jsx-a11y";
import hooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

const FEATURES = ["account", "admin", "ask", "library"];

export default tseslint.config(
  { ignores: ["node_modules", "src/client/schema.d.ts"] },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  hooks.configs.flat.recommended,
  a11y.flatConfigs.recommended,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "max-lines": ["error", { max: 250, skipBlankLines: true, skipComments: true }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      // A region that scrolls must be reached by the keyboard.
      "jsx-a11y/no-noninteractive-tabindex": ["error", { roles: ["group", "log"], tags: ["aside"] }],
      // The one thing on the page of a question is its box.
      "jsx-a11y/no-autofocus": ["error", { ignoreNonDOM: false }],
    },
  },
  { files: ["**/*.js"], extends: [tseslint.configs.disableTypeChecked] },
  // A feature may be changed or thrown away without a look at the others.
  ...FEATURES.map((feature) => ({
    files: [`src/features/${feature}/**`],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              group: FEATURES.filter((other) => other !== feature).map((other) => `@/features/${other}/*`),
              message: "Features do not import each other; what they share is a component or in lib.",
            },
            { group: ["@/app/*"], message: "The app imports the features, not they the app." },
          ],
        },
      ],
    },
  })),
);
