-- Invitations keep the grants that they give, and are listed by status.
ALTER TABLE `invitations` ADD COLUMN `grants` json NULL;
CREATE INDEX `invitation_account_id_status_created_at_id` ON `invitations` (`account_id`, `status`, `created_at`, `id`);
