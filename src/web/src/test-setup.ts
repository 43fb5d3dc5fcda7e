import { cleanup } from "@testing-library/react";
import { afterEach, beforeAll } from "vitest";

import { startTranslations } from "@/lib/i18n";

beforeAll(startTranslations);
afterEach(cleanup);
