/** The files that browsers load, by their path relative to the page. */
export type PageFiles = ReadonlyMap<string, PageFile>;

export interface PageFile {
  /** Value of `Content-Type`. */
  type: string;
  body: string | Buffer;
}
