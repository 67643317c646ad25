-- Indexes for lists, filters and due queries that read whole tables, and a mark up to where notices are read.
ALTER TABLE `acceptances` ADD INDEX `acceptance_account_id_accepted_at_id` (`account_id`, `accepted_at`, `id`);
ALTER TABLE `audit_events` ADD INDEX `auditevent_account_id_object_id_at_id` (`account_id`, `object_id`, `at`, `id`), ADD INDEX `auditevent_account_id_result_at_id` (`account_id`, `result`, `at`, `id`);
ALTER TABLE `captchas` ADD INDEX `captcha_expires_at` (`expires_at`);
ALTER TABLE `email_links` ADD INDEX `emaillink_expires_at` (`expires_at`);
ALTER TABLE `employees` ADD INDEX `employee_account_id_joined_at_id` (`account_id`, `joined_at`, `id`);
ALTER TABLE `invoices` ADD INDEX `invoice_requested_at_id` (`requested_at`, `id`);
ALTER TABLE `messages` ADD INDEX `message_recipient_index_created_at_id` (`recipient_index`, `created_at`, `id`), ADD INDEX `message_state_channel_due_at_id` (`state`, `channel`, `due_at`, `id`);
ALTER TABLE `notices` ADD INDEX `notice_published_at_sequence` (`published_at`, `sequence`);
ALTER TABLE `payers` ADD INDEX `payer_account_id_designated_at_id` (`account_id`, `designated_at`, `id`), ADD INDEX `payer_designated_at_id` (`designated_at`, `id`);
ALTER TABLE `payments` ADD INDEX `payment_state_decided_at_id` (`state`, `decided_at`, `id`);
ALTER TABLE `phone_codes` ADD INDEX `phonecode_expires_at` (`expires_at`);
ALTER TABLE `sessions` ADD INDEX `session_person_id_created_at_id` (`person_id`, `created_at`, `id`);
ALTER TABLE `session_tokens` ADD INDEX `sessiontoken_refresh_expires_at` (`refresh_expires_at`);
ALTER TABLE `top_ups` ADD INDEX `topup_created_at_id` (`created_at`, `id`), ADD INDEX `topup_status_expires_at_id` (`status`, `expires_at`, `id`);
ALTER TABLE `verifications` ADD INDEX `verification_submitted_at_id` (`submitted_at`, `id`);
CREATE TABLE `notice_marks` (`id` varchar(40) CHARSET ascii NOT NULL COLLATE ascii_bin, `account_id` varchar(40) CHARSET ascii NOT NULL COLLATE ascii_bin, `person_id` varchar(40) CHARSET ascii NOT NULL COLLATE ascii_bin, `through` bigint NOT NULL, PRIMARY KEY (`id`), INDEX `noticemark_account_id_id` (`account_id`, `id`), UNIQUE INDEX `noticemark_account_id_person_id` (`account_id`, `person_id`)) CHARSET utf8mb4 COLLATE utf8mb4_bin;
