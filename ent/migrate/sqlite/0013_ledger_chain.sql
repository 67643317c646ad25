-- Chain each account's bookings by hash, and seal each day over all of them, so that a rewritten history is found (3.3).
PRAGMA foreign_keys = off;
CREATE TABLE `new_balances` (`id` text NOT NULL, `account_id` text NOT NULL, `currency` text NOT NULL, `cash_minor` integer NOT NULL DEFAULT (0), `bonus_minor` integer NOT NULL DEFAULT (0), `held_minor` integer NOT NULL DEFAULT (0), `suspense_minor` integer NOT NULL DEFAULT (0), `receivable_minor` integer NOT NULL DEFAULT (0), `turn` integer NOT NULL DEFAULT (0), `head` text NOT NULL DEFAULT (''), `head_turn` integer NOT NULL DEFAULT (0), PRIMARY KEY (`id`));
INSERT INTO `new_balances` (`id`, `account_id`, `currency`, `cash_minor`, `bonus_minor`, `held_minor`, `suspense_minor`, `receivable_minor`, `turn`) SELECT `id`, `account_id`, `currency`, `cash_minor`, `bonus_minor`, `held_minor`, `suspense_minor`, `receivable_minor`, `turn` FROM `balances`;
DROP TABLE `balances`;
ALTER TABLE `new_balances` RENAME TO `balances`;
CREATE INDEX `balance_account_id_id` ON `balances` (`account_id`, `id`);
CREATE UNIQUE INDEX `balance_account_id_currency` ON `balances` (`account_id`, `currency`);
ALTER TABLE `ledger_transactions` ADD COLUMN `currency` text NULL;
ALTER TABLE `ledger_transactions` ADD COLUMN `turn` integer NULL;
ALTER TABLE `ledger_transactions` ADD COLUMN `hash` text NULL;
ALTER TABLE `ledger_transactions` ADD COLUMN `adopted_at` datetime NULL;
CREATE TABLE `ledger_days` (`id` text NOT NULL, `day` text NOT NULL, `until_at` datetime NOT NULL, `made_before` datetime NOT NULL, `chains` integer NOT NULL, `documents` text NOT NULL, `previous` text NOT NULL, `digest` text NOT NULL, `sealed_at` datetime NOT NULL, PRIMARY KEY (`id`));
CREATE UNIQUE INDEX `ledger_days_day_key` ON `ledger_days` (`day`);
PRAGMA foreign_keys = on;
