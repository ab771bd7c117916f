// Without its other parsers, body-parser loads in two thirds of the time. Its types describe only the whole package.
declare module 'body-parser/raw' {
  const raw: typeof import('body-parser').raw;
  export default raw;
}
