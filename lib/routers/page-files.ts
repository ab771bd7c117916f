/** What browsers load, by the path below the page's. */
export type PageFiles = ReadonlyMap<string, PageFile>;

export interface PageFile {
  /** Value of `Content-Type`. */
  type: string;
  body: string | Buffer;
}
