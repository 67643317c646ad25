-- Programs of a customer have keys, each of an employee.
CREATE TABLE `api_keys` (`id` text NOT NULL, `account_id` text NOT NULL, `employee_id` text NOT NULL, `name` text NOT NULL, `prefix` text NOT NULL, `secret_hash` text NULL, `previous_hash` text NULL, `previous_until` datetime NULL, `permissions` text NOT NULL, `application_ids` json NULL, `networks` json NULL, `created_at` datetime NOT NULL, `expires_at` datetime NOT NULL, `last_used_at` datetime NULL, `rotated_at` datetime NULL, `handed_over_at` datetime NULL, `revoked_at` datetime NULL, `revoked_by` text NULL, `account_slot` text NULL, `owner_slot` text NULL, PRIMARY KEY (`id`));
CREATE UNIQUE INDEX `api_keys_secret_hash_key` ON `api_keys` (`secret_hash`);
CREATE UNIQUE INDEX `api_keys_previous_hash_key` ON `api_keys` (`previous_hash`);
CREATE UNIQUE INDEX `api_keys_account_slot_key` ON `api_keys` (`account_slot`);
CREATE UNIQUE INDEX `api_keys_owner_slot_key` ON `api_keys` (`owner_slot`);
CREATE INDEX `apikey_account_id_id` ON `api_keys` (`account_id`, `id`);
CREATE INDEX `apikey_account_id_created_at_id` ON `api_keys` (`account_id`, `created_at`, `id`);
CREATE INDEX `apikey_employee_id_id` ON `api_keys` (`employee_id`, `id`);
