import { Archive, ArrowLeft, Users } from "lucide-react";
import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "@/components/Button";
import { ErrorNote } from "@/components/Notes";

import styles from "./ConversationList.module.css";
import { ConversationRows } from "./ConversationRows";
import { useConversationPages, useFolders } from "./conversationQueries";
import { entriesOf, linesOf, type Pages, type Source } from "./listEntries";

type Place = "mine" | "shared" | "archived";

/** One's conversations, to search and to go back to; and those of others that one may read. */
export function ConversationList() {
  const { t } = useTranslation();
  const [search, setSearch] = useState("");
  const [place, setPlace] = useState<Place>("mine");
  const wanted = useDeferredValue(search.trim());
  return (
    <section className={styles.list} aria-label={t("conversations.title")}>
      <input
        type="search"
        className={styles.search}
        aria-label={t("conversations.search")}
        placeholder={t("conversations.search")}
        value={search}
        onChange={(event) => setSearch(event.target.value)}
      />
      {place === "mine" ? null : (
        <Button
          kind="quiet"
          className={styles.back}
          icon={<ArrowLeft size={16} aria-hidden className={styles.arrow} />}
          onClick={() => setPlace("mine")}
        >
          {t(`conversations.${place}`)}
        </Button>
      )}
      {wanted || place !== "mine" ? <Found search={wanted} place={place} /> : <Mine />}
      {place === "mine" ? (
        <div className={styles.elsewhere}>
          <Button kind="quiet" icon={<Users size={16} aria-hidden />} onClick={() => setPlace("shared")}>
            {t("conversations.shared")}
          </Button>
          <Button kind="quiet" icon={<Archive size={16} aria-hidden />} onClick={() => setPlace("archived")}>
            {t("conversations.archived")}
          </Button>
        </div>
      ) : null}
    </section>
  );
}

/** What is not archived, divided by what its owner made of it. */
function Mine() {
  const { t } = useTranslation();
  const [folder, setFolder] = useState<string | null>(null);
  const lists = {
    pinned: useConversationPages({ pinned: true, archived: false }),
    folder: useConversationPages({ folder: folder ?? "", archived: false }, folder !== null),
    recent: useConversationPages({ folder: "", pinned: false, archived: false }),
  };
  const folders = useFolders();
  const shown: Record<Source, Pages> = {
    pinned: pagesOf(lists.pinned),
    folder: pagesOf(lists.folder),
    recent: pagesOf(lists.recent),
  };
  const entries = entriesOf(shown, folders.data ?? [], folder, new Date());
  return (
    <>
      {entries.length === 0 && lists.recent.isSuccess ? <p className={styles.none}>{t("conversations.none")}</p> : null}
      <ErrorNote error={lists.recent.error ?? lists.pinned.error ?? folders.error} />
      <ConversationRows
        entries={entries}
        onFolder={(name) => setFolder(name === folder ? null : name)}
        onMore={(source) => {
          if (!lists[source].isFetching) void lists[source].fetchNextPage();
        }}
      />
    </>
  );
}

/** What a search finds, or what is kept elsewhere. */
function Found({ search, place }: { search: string; place: Place }) {
  const { t } = useTranslation();
  const found = useConversationPages({
    ...(search ? { search } : {}),
    ...(place === "shared" ? { shared: true } : {}),
    ...(place === "archived" ? { archived: true } : {}),
  });
  const entries = linesOf(pagesOf(found), "recent");
  return (
    <>
      {entries.length === 0 && found.isSuccess ? (
        <p className={styles.none}>{t(search ? "conversations.noneFound" : `conversations.none_${place}`)}</p>
      ) : null}
      <ErrorNote error={found.error} />
      <ConversationRows
        entries={entries}
        onFolder={() => undefined}
        onMore={() => {
          if (!found.isFetching) void found.fetchNextPage();
        }}
      />
    </>
  );
}

function pagesOf(list: ReturnType<typeof useConversationPages>): Pages {
  return { items: list.data?.pages.flatMap((page) => page.items) ?? [], more: list.hasNextPage };
}
