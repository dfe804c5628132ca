// Secrets, optional variables and the binding that is left out: the operator's, so no generated type knows them.
interface Env {
  readonly METRICS?: AnalyticsEngineDataset;
  readonly API_KEYS?: string;
  readonly ACCESS?: string;
  readonly LETHE_SECRET?: string;
  readonly SEAM_API_KEY?: string;
  readonly SEAM_ENDPOINT?: string;
  readonly VECTARA_API_KEY?: string;
  readonly VECTARA_ENDPOINT?: string;
  readonly SOURCES?: string;
  readonly WEBHOOKS?: string;
  readonly ERASURE_MAX_SESSIONS?: string;
  readonly FOUR_EYES?: string;
  readonly APPROVAL?: string;
  readonly BRAKE_PERCENT_MAX?: string;
  readonly MIN_AGE?: string;
  readonly PLAN?: string;
  readonly CORS_ORIGINS?: string;
  readonly REPORTS_KEPT?: string;
  readonly CALLBACK_URL?: string;
  readonly CALLBACK_SECRET?: string;
  readonly CALLBACK_HOSTS?: string;
  readonly PUBLIC_URL?: string;
  readonly OVERDUE_AFTER?: string;
}
