import { defineConfig } from "vite";

const origin = process.env.VITE_DEV_SERVER ?? "http://127.0.0.1:5173";

export default defineConfig({
  base: "./", // files refer to each other, because the address of static/ has a digest
  publicDir: false,
  build: {
    outDir: "../src/{{ package_name }}/static/vite",
    emptyOutDir: true,
    manifest: true,
    assetsInlineLimit: 0, // the Content-Security-Policy forbids fonts in data: URLs
    rolldownOptions: { input: ["main.js"] },
  },
  server: { host: "127.0.0.1", port: new URL(origin).port, strictPort: true, origin },
});
