-- Mark the levels that were above their plan's limit when they were reported (2.3).
ALTER TABLE `usage_events` ADD COLUMN `over_limit` bool NOT NULL DEFAULT 0;
