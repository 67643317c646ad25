-- Orders keep who provides them and how (2.2); products say which countries are not foreign (2.4).
ALTER TABLE `orders` ADD COLUMN `provider_bodies` json NULL;
ALTER TABLE `orders` ADD COLUMN `provision` text NULL;
ALTER TABLE `products` ADD COLUMN `provider_bodies` json NULL;
ALTER TABLE `products` ADD COLUMN `provision` text NULL;
ALTER TABLE `products` ADD COLUMN `domestic_countries` json NULL;
