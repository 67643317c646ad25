-- Payers known by an id, arrears that wait or are extended, late usage as an adjustment, real-time metering as a class of its own.
ALTER TABLE `arrears` ADD COLUMN `held_at` datetime(6) NULL, ADD COLUMN `extended_at` datetime(6) NULL, ADD COLUMN `extended_by` varchar(40) CHARSET ascii NULL COLLATE ascii_bin, ADD COLUMN `extension_reason` longtext NULL;
ALTER TABLE `bills` MODIFY COLUMN `class` enum('SUBSCRIPTION','METERED','THIRD_PARTY','FREE','REALTIME') NOT NULL;
ALTER TABLE `bill_lines` ADD COLUMN `adjusts_from` datetime(6) NULL, ADD COLUMN `adjusts_to` datetime(6) NULL;
ALTER TABLE `payers` ADD COLUMN `channel` varchar(190) CHARSET ascii NULL COLLATE ascii_bin, ADD COLUMN `channel_payer` blob NULL, ADD COLUMN `channel_payer_index` varchar(190) CHARSET ascii NULL COLLATE ascii_bin, ADD COLUMN `at_once` bool NOT NULL DEFAULT 0, ADD COLUMN `open_key` varchar(190) CHARSET ascii NULL COLLATE ascii_bin, ADD UNIQUE INDEX `open_key` (`open_key`), ADD INDEX `payer_account_id_channel_payer_index` (`account_id`, `channel_payer_index`);
ALTER TABLE `payments` ADD COLUMN `channel_payer` blob NULL, ADD COLUMN `channel_payer_index` varchar(190) CHARSET ascii NULL COLLATE ascii_bin;
ALTER TABLE `plans` MODIFY COLUMN `class` enum('SUBSCRIPTION','METERED','THIRD_PARTY','FREE','REALTIME') NOT NULL;
ALTER TABLE `services` MODIFY COLUMN `class` enum('SUBSCRIPTION','METERED','THIRD_PARTY','FREE','REALTIME') NOT NULL;
ALTER TABLE `top_ups` ADD COLUMN `channel_payer` blob NULL;
ALTER TABLE `usage_periods` ADD COLUMN `disputable_until` datetime(6) NULL, ADD COLUMN `dispute_rule` varchar(190) CHARSET ascii NULL COLLATE ascii_bin;
UPDATE `payers` SET `at_once` = 1 WHERE `status` = 'PENDING';
UPDATE `plans` SET `class` = 'REALTIME' WHERE `class` = 'METERED' AND `billing_period` = 'HOUR';
UPDATE `services` SET `class` = 'REALTIME' WHERE `class` = 'METERED' AND `plan_id` IN (SELECT `id` FROM `plans` WHERE `class` = 'REALTIME');
UPDATE `bills` SET `class` = 'REALTIME' WHERE `class` = 'METERED' AND `unit` = 'HOUR';
INSERT INTO `restrictions` (`id`, `account_id`, `scope`, `target_id`, `code`, `clause`, `cause_id`, `since`, `open_key`) SELECT concat('rstr_7', substr(`id`, 7)), `account_id`, `scope`, 'METERED', `code`, `clause`, `cause_id`, `since`, replace(`open_key`, '|SUBSCRIPTION|', '|METERED|') FROM `restrictions` WHERE `code` = 'ARREARS_OVERDUE' AND `target_id` = 'SUBSCRIPTION' AND `open_key` IS NOT NULL;
UPDATE `restrictions` SET `target_id` = 'REALTIME', `open_key` = replace(`open_key`, '|METERED|', '|REALTIME|') WHERE `code` = 'ARREARS' AND `target_id` = 'METERED' AND `open_key` IS NOT NULL;
