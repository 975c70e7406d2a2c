import { defineConfig } from 'vitest/config';
import type { ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['{cmd,internal,pkg,test}/**/*.test.ts'],
    isolate: false,
    globalSetup: ['test/leftovers.ts', 'test/postgres.ts'],
    // Limits only a failure reaches: tests wait for lines, files and exits, never for time.
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});

export default config;
