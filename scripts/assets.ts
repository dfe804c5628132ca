import { placeAssets } from "./assets/place.ts";

// npm run assets, and before a deployment.
await placeAssets({ hasReference: true }, console.log);
