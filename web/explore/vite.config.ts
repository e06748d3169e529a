import { defineConfig, loadEnv } from 'vite';

export default defineConfig(({ mode }) => {
  const server = loadEnv(mode, '.', 'PYRO_').PYRO_URL ?? 'http://localhost:4040';
  return {
    // Relative, so that the page works behind any path prefix.
    base: './',
    build: { outDir: 'dist', assetsDir: 'assets', target: 'es2022' },
    server: { proxy: { '/querier.v1.QuerierService': server, '/ready': server } },
  };
});
