import type { ComponentProps } from "react";

interface Props extends ComponentProps<"a"> {
  documentId: string;
  /** The version that is searched when none is given. */
  versionId?: string;
}

/** Leads to a document as it was uploaded. */
export function OriginalLink({ documentId, versionId, children, ...rest }: Props) {
  const version = versionId ? `?version_id=${versionId}` : "";
  return (
    <a href={`/api/v1/documents/${documentId}/original${version}`} download {...rest}>
      {children}
    </a>
  );
}
