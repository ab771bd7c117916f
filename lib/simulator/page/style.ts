/** Colours, type and the page's frame. */
export const style = `
:root {
  color-scheme: light dark;
  --ground: #eef0f4;
  --surface: #ffffff;
  --raised: #f7f8fa;
  --ink: #1a1f2b;
  --quiet: #566073;
  --line: #dde1e8;
  --field: #8a94a6;
  --accent: #3156d3;
  --accent-strong: #2445b0;
  --on-accent: #ffffff;
  --accent-soft: #e9eefc;
  --good: #17693f;
  --good-soft: #e2f4ea;
  --bad: #a62b26;
  --bad-soft: #fbe9e7;
  --bezel: #1b2130;
  --shadow: 0 1px 2px rgb(20 30 60 / 8%), 0 12px 32px -12px rgb(20 30 60 / 22%);
  --mono: ui-monospace, 'SF Mono', 'Cascadia Code', 'Roboto Mono', 'DejaVu Sans Mono', monospace;
}

@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0f1218;
    --surface: #181c25;
    --raised: #1f2430;
    --ink: #e8ebf2;
    --quiet: #a3adbf;
    --line: #2c3342;
    --field: #6d788c;
    --accent: #8fa8ff;
    --accent-strong: #aabdff;
    --on-accent: #0d1330;
    --accent-soft: #222b49;
    --good: #7fd6a4;
    --good-soft: #173326;
    --bad: #ff9d94;
    --bad-soft: #402120;
    --bezel: #05070b;
    --shadow: 0 1px 2px rgb(0 0 0 / 50%), 0 12px 32px -12px rgb(0 0 0 / 70%);
  }
}

*, *::before, *::after { box-sizing: border-box; }
[hidden] { display: none !important; }

body {
  margin: 0;
  background: var(--ground);
  color: var(--ink);
  font: 16px/1.5 Inter, system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif;
}

h1, h2, h3, h4, p, ul, ol, dl, dd, figure, blockquote { margin: 0; padding: 0; }
ul, ol { list-style: none; }
h1 { font-size: 1.15rem; letter-spacing: -0.01em; }
h2 { font-size: 1.05rem; letter-spacing: -0.01em; }
h3 { font-size: 1rem; }
h4 { font-size: 0.8rem; color: var(--quiet); font-weight: 600; overflow-wrap: anywhere; }
code, blockquote { font-family: var(--mono); font-size: 0.92em; }

:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 6px; }
h2:focus, h3:focus { outline-offset: 4px; }

.visually-hidden {
  position: absolute;
  width: 1px;
  height: 1px;
  overflow: hidden;
  clip-path: inset(50%);
  white-space: nowrap;
}

/* The page */

.top {
  display: flex;
  flex-wrap: wrap;
  align-items: baseline;
  gap: 0.25rem 1rem;
  max-width: 70rem;
  margin: 0 auto;
  padding: 1.5rem 1.5rem 0;
}
.top p { color: var(--quiet); font-size: 0.875rem; }
.connection { margin-left: auto; display: flex; align-items: center; gap: 0.5rem; }
.connection::before { content: ''; width: 0.55rem; height: 0.55rem; border-radius: 50%; background: var(--field); }
.connection[data-state='up']::before { background: #2aa568; }
.connection[data-state='down']::before { background: #d9534a; }
noscript p { padding: 1.5rem; text-align: center; }

main {
  display: grid;
  gap: 2rem;
  max-width: 70rem;
  margin: 0 auto;
  padding: 1.5rem;
  align-items: start;
}
main.two { grid-template-columns: minmax(20rem, 25rem) minmax(0, 1fr); }
main.one { grid-template-columns: minmax(0, 25rem); justify-content: center; }
`;
