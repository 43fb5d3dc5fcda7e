import {
  FolderOpen,
  LogOut,
  Menu as MenuIcon,
  MessageSquarePlus,
  ReceiptText,
  Search,
  Settings,
  Shield,
  X,
} from "lucide-react";
import { lazy, Suspense, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Navigate, NavLink, Outlet, useLocation, useNavigate } from "react-router";

import { Announcement } from "@/components/Announcement";
import { Button, IconButton } from "@/components/Button";
import { Deleted } from "@/components/Deleted";
import { Menu, MenuItem } from "@/components/Menu";
import { ConversationList } from "@/features/ask/ConversationList";
import { useBranding } from "@/lib/branding";
import { useSession, useUser } from "@/lib/session";

import mark from "./mark.svg";
import { Shortcuts } from "./Shortcuts";
import styles from "./Shell.module.css";

// Not needed before something is uploaded, so it does not hold up the first view.
const UploadDock = lazy(async () => ({
  default: (await import("@/features/library/uploads/UploadDock")).UploadDock,
}));

/** The frame of every view: where one can go on the left, the view on the right. */
export function Shell() {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  // Open on the view it was opened on: whoever goes elsewhere has found what they sought.
  const [openOn, setOpenOn] = useState<string | null>(null);
  const open = openOn === pathname;
  const setOpen = (wanted: boolean) => setOpenOn(wanted ? pathname : null);
  const content = useRef<HTMLDivElement>(null);
  const { name, logo } = useBranding();
  const isAuditor = useUser().role === "auditor";
  // An auditor reads the log and nothing else: every other view would only be refused.
  if (isAuditor && !/^\/(admin|account|receipts)(\/|$)/.test(pathname)) return <Navigate to="/admin" replace />;
  return (
    <div className={styles.shell}>
      <a
        className={styles.skip}
        href="#content"
        onClick={(event) => {
          event.preventDefault();
          content.current?.focus();
        }}
      >
        {t("skip")}
      </a>
      <header className={styles.bar}>
        <IconButton label={t("nav.open")} aria-expanded={open} onClick={() => setOpen(true)}>
          <MenuIcon size={20} aria-hidden />
        </IconButton>
        <span className={styles.name}>{name}</span>
      </header>
      <nav aria-label={t("nav.label")} className={styles.nav} data-open={open || undefined}>
        <div className={styles.brand}>
          <img src={logo ?? mark} alt="" height={24} />
          <span className={styles.name}>{name}</span>
          <IconButton className={styles.shut} label={t("nav.shut")} onClick={() => setOpen(false)}>
            <X size={20} aria-hidden />
          </IconButton>
        </div>
        <Places />
        {isAuditor ? <div className={styles.room} /> : <ConversationList />}
        <Person />
      </nav>
      {open ? <div className={styles.veil} onClick={() => setOpen(false)} aria-hidden /> : null}
      <div id="content" ref={content} tabIndex={-1} className={styles.content}>
        <Announcement />
        <Outlet />
      </div>
      {isAuditor ? null : (
        <>
          <Shortcuts />
          <Deleted />
          <Suspense fallback={null}>
            <UploadDock />
          </Suspense>
        </>
      )}
    </div>
  );
}

function Places() {
  const { t } = useTranslation();
  const user = useUser();
  if (user.role === "auditor") {
    return (
      <ul className={styles.places}>
        <li>
          <NavLink to="/admin">
            <Shield size={18} aria-hidden />
            {t("admin.section.audit")}
          </NavLink>
        </li>
      </ul>
    );
  }
  return (
    <ul className={styles.places}>
      <li>
        <NavLink to="/" end>
          <MessageSquarePlus size={18} aria-hidden />
          {t("nav.ask")}
        </NavLink>
      </li>
      <li>
        <NavLink to="/search">
          <Search size={18} aria-hidden />
          {t("nav.search")}
        </NavLink>
      </li>
      <li>
        <NavLink to="/library">
          <FolderOpen size={18} aria-hidden />
          {t("nav.library")}
        </NavLink>
      </li>
      {user.role === "admin" ? (
        <li>
          <NavLink to="/admin">
            <Shield size={18} aria-hidden />
            {t("nav.admin")}
          </NavLink>
        </li>
      ) : null}
    </ul>
  );
}

function Person() {
  const { t } = useTranslation();
  const user = useUser();
  const { signOut } = useSession();
  const navigate = useNavigate();
  return (
    <div className={styles.person}>
      <Menu
        label={t("account.menu", { name: user.username })}
        trigger={
          <Button kind="quiet" className={styles.who}>
            <span className={styles.initial} aria-hidden>
              {user.username.slice(0, 1).toUpperCase()}
            </span>
            {user.username}
          </Button>
        }
      >
        <MenuItem icon={<Settings size={16} aria-hidden />} onClick={() => void navigate("/account")}>
          {t("account.title")}
        </MenuItem>
        <MenuItem icon={<ReceiptText size={16} aria-hidden />} onClick={() => void navigate("/receipts")}>
          {t("receipts.title")}
        </MenuItem>
        <MenuItem icon={<LogOut size={16} aria-hidden />} onClick={() => void signOut()}>
          {t("signOut")}
        </MenuItem>
      </Menu>
    </div>
  );
}
