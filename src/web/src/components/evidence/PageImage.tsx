import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";

import { ErrorNote } from "@/components/Notes";

import { imageQuery } from "./queries";

interface Props {
  query: ReturnType<typeof imageQuery>;
  alt: string;
}

/** An image that only the signed-in may fetch: an expired session is renewed for it too. */
export function PageImage({ query, alt }: Props) {
  const image = useRef<HTMLImageElement>(null);
  const { data, error, refetch } = useQuery(query);
  useEffect(() => {
    if (!data || !image.current) return undefined;
    const url = URL.createObjectURL(data);
    image.current.src = url;
    return () => URL.revokeObjectURL(url);
  }, [data]);
  if (error) return <ErrorNote error={error} onRetry={() => void refetch()} />;
  return data ? <img ref={image} alt={alt} /> : null;
}
