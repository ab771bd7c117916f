// Without its other parsers, body-parser takes two thirds of the time to load. Its types describe only the whole package.
declare module 'body-parser/raw' {
  const raw: typeof import('body-parser').raw;
  export default raw;
}
