import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { useState } from "react";
import { RouterProvider } from "react-router";

import { ApiError } from "@/client/api";
import { ErrorNote, Waiting } from "@/components/Notes";
import { FirstPassword } from "@/features/account/ChangePassword";
import { SignIn, SignInAgain } from "@/features/account/SignIn";
import { SessionProvider, useSession } from "@/lib/session";

import { makeRouter } from "./routes";

const STALE_MS = 15_000;

/** The page: whom it is for decides what is shown. */
export function App() {
  const [queries] = useState(makeQueryClient);
  return (
    <QueryClientProvider client={queries}>
      <SessionProvider>
        <Entrance />
        <SignInAgain />
      </SessionProvider>
    </QueryClientProvider>
  );
}

function Entrance() {
  const { session, error } = useSession();
  const [router] = useState(makeRouter);
  if (error) return <ErrorNote error={error} onRetry={() => window.location.reload()} />;
  if (session === undefined) return <Waiting />;
  if (session === null) return <SignIn />;
  if (session.user.must_change_password) return <FirstPassword />;
  return <RouterProvider router={router} />;
}

function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: STALE_MS,
        // What the server refuses it refuses again; what it did not hear is worth saying twice.
        retry: (count, error) => count < 2 && (!(error instanceof ApiError) || error.status >= 500),
      },
    },
  });
}
