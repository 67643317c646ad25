-- Keep what documents say and when terms began, and tell what became of each billing period (3.4, 3.7, 3.9).
PRAGMA foreign_keys = off;
ALTER TABLE `services` ADD COLUMN `anchor_day` integer NULL;
ALTER TABLE `bills` ADD COLUMN `product_name_zh` text NULL;
ALTER TABLE `bills` ADD COLUMN `product_name_en` text NULL;
ALTER TABLE `bills` ADD COLUMN `account_name` text NULL;
ALTER TABLE `bills` ADD COLUMN `legal_name` text NULL;
ALTER TABLE `bills` ADD COLUMN `zone` text NULL;
ALTER TABLE `bill_lines` ADD COLUMN `plan_name_zh` text NULL;
ALTER TABLE `bill_lines` ADD COLUMN `plan_name_en` text NULL;
ALTER TABLE `invoices` ADD COLUMN `zone` text NULL;
ALTER TABLE `invoice_items` ADD COLUMN `number` text NULL;
ALTER TABLE `invoice_items` ADD COLUMN `description` text NULL;
CREATE TABLE `new_usage_periods` (`id` text NOT NULL, `account_id` text NOT NULL, `product_id` text NOT NULL, `unit` text NOT NULL, `from_at` datetime NOT NULL, `to_at` datetime NOT NULL, `zone` text NULL, `closes_at` datetime NOT NULL, `status` text NOT NULL, `closed_at` datetime NULL, `disputable_until` datetime NULL, `dispute_rule` text NULL, `events` integer NOT NULL DEFAULT (0), `quantity_micros` integer NOT NULL DEFAULT (0), `worth` integer NOT NULL DEFAULT (0), `outcome` text NULL, `failure` text NULL, `failure_detail` text NULL, `failed_at` datetime NULL, `failures` integer NOT NULL DEFAULT (0), `retry_at` datetime NULL, PRIMARY KEY (`id`));
INSERT INTO `new_usage_periods` (`id`, `account_id`, `product_id`, `unit`, `from_at`, `to_at`, `closes_at`, `status`, `closed_at`, `disputable_until`, `dispute_rule`, `events`) SELECT `id`, `account_id`, `product_id`, `unit`, `from_at`, `to_at`, `closes_at`, `status`, `closed_at`, `disputable_until`, `dispute_rule`, `events` FROM `usage_periods`;
DROP TABLE `usage_periods`;
ALTER TABLE `new_usage_periods` RENAME TO `usage_periods`;
CREATE INDEX `usageperiod_account_id_id` ON `usage_periods` (`account_id`, `id`);
CREATE UNIQUE INDEX `usageperiod_account_id_product_id_unit_from_at` ON `usage_periods` (`account_id`, `product_id`, `unit`, `from_at`);
CREATE INDEX `usageperiod_status_closes_at_id` ON `usage_periods` (`status`, `closes_at`, `id`);
CREATE INDEX `usageperiod_status_retry_at_closes_at_id` ON `usage_periods` (`status`, `retry_at`, `closes_at`, `id`);
CREATE INDEX `usageperiod_outcome_closes_at_id` ON `usage_periods` (`outcome`, `closes_at`, `id`);
PRAGMA foreign_keys = on;
-- data:
UPDATE `bills` SET `product_name_zh` = (SELECT `p`.`name_zh` FROM `products` AS `p` WHERE `p`.`id` = `bills`.`product_id`), `product_name_en` = (SELECT `p`.`name_en` FROM `products` AS `p` WHERE `p`.`id` = `bills`.`product_id`), `account_name` = (SELECT `a`.`name` FROM `accounts` AS `a` WHERE `a`.`id` = `bills`.`account_id`), `legal_name` = (SELECT `e`.`name` FROM `holdings` AS `h` JOIN `legal_entities` AS `e` ON `e`.`id` = `h`.`legal_entity_id` WHERE `h`.`account_id` = `bills`.`account_id` AND `h`.`from_at` <= `bills`.`sent_at` AND (`h`.`until_at` IS NULL OR `h`.`until_at` > `bills`.`sent_at`) LIMIT 1), `zone` = COALESCE((SELECT `o`.`value` FROM `overrides` AS `o` WHERE `o`.`account_id` = `bills`.`account_id` AND `o`.`figure` = 'agreement.zone' AND `o`.`from_at` <= `bills`.`from_at` AND (`o`.`until_at` IS NULL OR `o`.`until_at` > `bills`.`from_at`) ORDER BY `o`.`from_at` DESC, `o`.`id` DESC LIMIT 1), 'Asia/Shanghai');
UPDATE `bill_lines` SET `plan_name_zh` = (SELECT `p`.`name_zh` FROM `services` AS `s` JOIN `plans` AS `p` ON `p`.`id` = `s`.`plan_id` WHERE `s`.`id` = `bill_lines`.`service_id`), `plan_name_en` = (SELECT `p`.`name_en` FROM `services` AS `s` JOIN `plans` AS `p` ON `p`.`id` = `s`.`plan_id` WHERE `s`.`id` = `bill_lines`.`service_id`);
UPDATE `invoices` SET `zone` = 'Asia/Shanghai' WHERE `status` = 'ISSUED';
UPDATE `usage_periods` SET `outcome` = CASE WHEN EXISTS (SELECT 1 FROM `bills` AS `b` WHERE `b`.`period_id` = `usage_periods`.`id`) THEN 'BILLED' ELSE 'EMPTY' END WHERE `status` = 'CLOSED';
