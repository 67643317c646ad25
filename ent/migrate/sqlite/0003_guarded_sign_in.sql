-- Guarded sign-in: growing delays, kinds of captcha, first passwords.
PRAGMA foreign_keys = off;
ALTER TABLE `attempts` ADD COLUMN `open_at` datetime NULL;
CREATE INDEX `attempt_last_at` ON `attempts` (`last_at`);
CREATE TABLE `new_captchas` (`id` text NOT NULL, `purpose` text NOT NULL, `kind` text NOT NULL DEFAULT ('PICTURE'), `answer_hash` text NOT NULL, `created_at` datetime NOT NULL, `expires_at` datetime NOT NULL, `used_at` datetime NULL, PRIMARY KEY (`id`));
INSERT INTO `new_captchas` (`id`, `purpose`, `answer_hash`, `created_at`, `expires_at`, `used_at`) SELECT `id`, `purpose`, `answer_hash`, `created_at`, `expires_at`, `used_at` FROM `captchas`;
DROP TABLE `captchas`;
ALTER TABLE `new_captchas` RENAME TO `captchas`;
ALTER TABLE `persons` ADD COLUMN `first_password_at` datetime NULL;
ALTER TABLE `persons` ADD COLUMN `first_password_used_at` datetime NULL;
PRAGMA foreign_keys = on;
