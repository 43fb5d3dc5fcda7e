import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const API = "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { "@": "/src" } },
  build: {
    outDir: "../on_prem_rag/page",
    emptyOutDir: true,
    // The policy of the page allows no data: URLs.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2022",
    chunkSizeWarningLimit: 600,
    rolldownOptions: {
      output: {
        // Cut by view alone, the libraries come as some fifty small files, each a journey of its own.
        codeSplitting: {
          groups: [
            { name: "markdown", test: /node_modules\/.*(mark|mdast|hast|unist|unified|vfile)/ },
            { name: "libraries", test: /node_modules/ },
          ],
        },
      },
    },
  },
  server: { proxy: { "/api": API, "/health": API, "/docs": API } },
});
