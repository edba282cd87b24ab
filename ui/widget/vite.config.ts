import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { defineConfig, type Plugin } from "vite";

const HERE = import.meta.dirname;

// Names, in the first line of the built file, exactly what it was built from: the lock and every source. A test in
// Python reads it, so that a forgotten build is found without Node too.
function sourcesDigest(): string {
  const listed = readdirSync(join(HERE, "src"), { recursive: true, withFileTypes: true });
  const sources = listed.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
  const files = [...sources, join(HERE, "package-lock.json"), join(HERE, "vite.config.ts")]
    .map((path) => relative(HERE, path).split("\\").join("/"))
    .sort();
  const digest = createHash("sha256");
  for (const file of files) {
    digest.update(`${file}\0`).update(createHash("sha256").update(readFileSync(join(HERE, file))).digest());
  }
  return digest.digest("hex");
}

function banner(): Plugin {
  return {
    name: "banner",
    generateBundle(_options, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type === "chunk") {
          file.code = `/*! Marque widget, Apache-2.0. Sources: sha256-${sourcesDigest()} */\n${file.code.trim()}\n`;
        }
      }
    },
  };
}

export default defineConfig({
  plugins: [{ ...banner(), enforce: "post" }],
  build: {
    lib: { entry: "src/main.ts", formats: ["iife"], name: "marqueWidget", fileName: () => "widget.js" },
    // Browsers since spring 2024: `:dir()`, `color-mix()`, logical properties and `Intl.Segmenter` as they are written.
    target: ["es2022", "chrome122", "firefox125", "safari17.4"],
    cssMinify: true,
  },
});
