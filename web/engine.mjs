// Compiles the engine for wasm32-unknown-unknown with rustup's target where it is installed, else with the standard
// library built from Debian's sources (packages rustc-web cargo-web rust-web-src lld). wasm-bindgen's command line must be
// of the crate's version: cargo install wasm-bindgen-cli --version 0.2.130 (WASM_BINDGEN names it elsewhere).

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
export const root = dirname(here);
const TARGET = 'wasm32-unknown-unknown';

// The path of the engine, before wasm-bindgen.
export function compile() {
  const crate = join(here, 'wasm');
  const args = ['build', '--release', '--target', TARGET];
  const env = { ...process.env, CARGO_TARGET_DIR: process.env.CARGO_TARGET_DIR || join(root, 'target', 'page') };
  if (hasTarget()) run('cargo', args, { cwd: crate, env });
  else {
    Object.assign(env, {
      RUSTC: '/usr/bin/rustc',
      RUSTC_BOOTSTRAP: '1',
      CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER: process.env.CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER || '/usr/bin/wasm-ld',
      RUSTFLAGS: '-C linker-flavor=wasm-ld',
    });
    run('/usr/bin/cargo', [...args, '-Zbuild-std=std,panic_abort'], { cwd: crate, env });
  }
  return join(env.CARGO_TARGET_DIR, TARGET, 'release', 'gouji_page.wasm');
}

function hasTarget() {
  try {
    const sysroot = execFileSync('rustc', ['--print', 'sysroot'], { encoding: 'utf8' }).trim();
    return existsSync(join(sysroot, 'lib', 'rustlib', TARGET, 'lib'));
  } catch {
    return false;
  }
}

export function run(program, args, options) {
  execFileSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'], ...options });
}
