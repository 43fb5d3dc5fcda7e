/** The kinds of file that can be read, with the short names people know them by. */
const OOXML = "application/vnd.openxmlformats-officedocument";
const ODF = "application/vnd.oasis.opendocument";

export const TYPES: Record<string, string> = {
  "application/pdf": "PDF",
  [`${OOXML}.wordprocessingml.document`]: "Word (DOCX)",
  "application/msword": "Word (DOC)",
  [`${OOXML}.presentationml.presentation`]: "PowerPoint (PPTX)",
  "application/vnd.ms-powerpoint": "PowerPoint (PPT)",
  [`${OOXML}.spreadsheetml.sheet`]: "Excel (XLSX)",
  "application/vnd.ms-excel": "Excel (XLS)",
  "application/vnd.ms-excel.sheet.binary.macroenabled.12": "Excel (XLSB)",
  [`${ODF}.text`]: "OpenDocument (ODT)",
  [`${ODF}.spreadsheet`]: "OpenDocument (ODS)",
  [`${ODF}.presentation`]: "OpenDocument (ODP)",
  "text/plain": "TXT",
  "text/markdown": "Markdown",
  "text/html": "HTML",
  "text/csv": "CSV",
  "text/tab-separated-values": "TSV",
  "application/rtf": "RTF",
  "application/epub+zip": "EPUB",
  "message/rfc822": "E-mail (EML)",
  "application/vnd.ms-outlook": "Outlook (MSG)",
  "application/json": "JSON",
  "application/x-ndjson": "JSON Lines",
  "image/png": "PNG",
  "image/jpeg": "JPEG",
  "image/tiff": "TIFF",
};

/** What a media type is called; itself when it has no such name. */
export function typeName(mediaType: string): string {
  return TYPES[mediaType] ?? mediaType;
}
