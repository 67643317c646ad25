-- Offers of the ownership of an account to an employee.
CREATE TABLE `ownership_offers` (`id` text NOT NULL, `account_id` text NOT NULL, `employee_id` text NOT NULL, `offered_by` text NOT NULL, `status` text NOT NULL, `offered_at` datetime NOT NULL, `expires_at` datetime NOT NULL, `ended_at` datetime NULL, `open_key` text NULL, PRIMARY KEY (`id`));
CREATE UNIQUE INDEX `ownership_offers_open_key_key` ON `ownership_offers` (`open_key`);
CREATE INDEX `ownershipoffer_account_id_id` ON `ownership_offers` (`account_id`, `id`);
