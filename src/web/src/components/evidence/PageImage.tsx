import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";

import { authorisedFetch, errorOf } from "@/client/api";
import { ErrorNote } from "@/components/Notes";

/** An image that only the signed-in may fetch: an expired session is renewed for it too. */
export function PageImage({ address, alt }: { address: string; alt: string }) {
  const image = useRef<HTMLImageElement>(null);
  const { data, error, refetch } = useQuery({
    queryKey: ["image", address],
    staleTime: Infinity,
    gcTime: 60_000,
    queryFn: async ({ signal }) => {
      const response = await authorisedFetch(new Request(address, { signal }));
      if (!response.ok) throw await errorOf(response);
      return response.blob();
    },
  });
  useEffect(() => {
    if (!data || !image.current) return undefined;
    const url = URL.createObjectURL(data);
    image.current.src = url;
    return () => URL.revokeObjectURL(url);
  }, [data]);
  if (error) return <ErrorNote error={error} onRetry={() => void refetch()} />;
  return data ? <img ref={image} alt={alt} /> : null;
}
