import { createBrowserRouter, type RouteObject } from "react-router";

import { Broken, Unknown } from "./Lost";
import { Shell } from "./Shell";

/** Each view's code is fetched when it is first opened. */
const views: RouteObject[] = [
  { index: true, lazy: async () => ({ Component: (await import("@/features/ask/Ask")).Ask }) },
  { path: "c/:conversationId", lazy: async () => ({ Component: (await import("@/features/ask/Ask")).Ask }) },
  { path: "search", lazy: async () => ({ Component: (await import("@/features/library/search/Search")).Search }) },
  { path: "library", lazy: async () => ({ Component: (await import("@/features/library/collections/Library")).Library }) },
  {
    path: "library/:collectionId",
    lazy: async () => ({
      Component: (await import("@/features/library/collections/CollectionView")).CollectionView,
    }),
  },
  {
    path: "documents/:documentId",
    lazy: async () => ({ Component: (await import("@/features/library/documents/DocumentView")).DocumentView }),
  },
  { path: "account", lazy: async () => ({ Component: (await import("@/features/account/Account")).Account }) },
  { path: "receipts", lazy: async () => ({ Component: (await import("@/features/receipts/Receipts")).Receipts }) },
  {
    path: "receipts/:receiptId",
    lazy: async () => ({ Component: (await import("@/features/receipts/Receipt")).Receipt }),
  },
  {
    path: "admin",
    lazy: async () => ({ Component: (await import("@/features/admin/Admin")).Admin }),
    children: [
      {
        path: "overview",
        lazy: async () => ({ Component: (await import("@/features/admin/overview/Overview")).Overview }),
      },
      { path: "audit", lazy: async () => ({ Component: (await import("@/features/admin/audit/Audit")).Audit }) },
      {
        path: "feedback",
        lazy: async () => ({ Component: (await import("@/features/admin/feedback/Feedback")).Feedback }),
      },
      {
        path: "settings",
        lazy: async () => ({ Component: (await import("@/features/admin/settings/Settings")).Settings }),
      },
      { path: "limits", lazy: async () => ({ Component: (await import("@/features/admin/limits/Limits")).Limits }) },
      { path: "people", lazy: async () => ({ Component: (await import("@/features/admin/people/People")).People }) },
      { path: "groups", lazy: async () => ({ Component: (await import("@/features/admin/groups/Groups")).Groups }) },
      {
        path: "programs",
        lazy: async () => ({ Component: (await import("@/features/admin/programs/Programs")).Programs }),
      },
      { path: "keys", lazy: async () => ({ Component: (await import("@/features/admin/Keys")).Keys }) },
      { path: "*", Component: () => null },
    ],
  },
  { path: "*", Component: Unknown },
];

/** The addresses of all views. */
export function makeRouter() {
  return createBrowserRouter([
    { path: "/", Component: Shell, children: views, ErrorBoundary: Broken, HydrateFallback: () => null },
  ]);
}
