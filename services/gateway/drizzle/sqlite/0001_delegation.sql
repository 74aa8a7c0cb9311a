CREATE TABLE `agents` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`owner_iss` text NOT NULL,
	`owner_sub` text NOT NULL,
	`tenant` text,
	`auth` text NOT NULL,
	`secret_hash` text,
	`jwks` text,
	`scopes` text,
	`audiences` text NOT NULL,
	`ttl` integer,
	`depth` integer,
	`may_delegate_to` text,
	`status` text NOT NULL,
	`introspect` integer NOT NULL,
	`endpoint` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `agents_by_owner` ON `agents` (`owner_iss`,`owner_sub`,`id`);--> statement-breakpoint
CREATE TABLE `grants` (
	`id` text PRIMARY KEY NOT NULL,
	`owner_iss` text NOT NULL,
	`owner_sub` text NOT NULL,
	`tenant` text,
	`agent` text NOT NULL,
	`scopes` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	`revoked_at` integer
);
--> statement-breakpoint
CREATE INDEX `grants_by_owner` ON `grants` (`owner_iss`,`owner_sub`,`agent`);--> statement-breakpoint
CREATE INDEX `grants_by_agent` ON `grants` (`agent`);--> statement-breakpoint
CREATE TABLE `single_uses` (
	`issuer` text NOT NULL,
	`jti` text NOT NULL,
	`expires_at` integer NOT NULL,
	PRIMARY KEY(`issuer`, `jti`)
);
--> statement-breakpoint
CREATE TABLE `checkpoints` (
	`seq` integer PRIMARY KEY NOT NULL,
	`hash` text NOT NULL,
	`time` integer NOT NULL,
	`jws` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `event_people` (
	`seq` integer PRIMARY KEY NOT NULL,
	`salt` text,
	`iss` text NOT NULL,
	`sub` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `people_by_user` ON `event_people` (`iss`,`sub`);--> statement-breakpoint
-- By hand: version 1 kept the user in the chain itself.
INSERT INTO `event_people` (`seq`, `iss`, `sub`) SELECT `seq`, `user_iss`, `user_sub` FROM `audit_events` WHERE `user_iss` IS NOT NULL AND `user_sub` IS NOT NULL;--> statement-breakpoint
DROP INDEX `events_by_user`;--> statement-breakpoint
ALTER TABLE `audit_events` ADD `commitment` text;--> statement-breakpoint
ALTER TABLE `audit_events` DROP COLUMN `user_iss`;--> statement-breakpoint
ALTER TABLE `audit_events` DROP COLUMN `user_sub`;--> statement-breakpoint
DROP INDEX `delegations_by_root`;--> statement-breakpoint
CREATE INDEX `delegations_by_parent` ON `delegations` (`parent`) WHERE parent is not null;--> statement-breakpoint
CREATE INDEX `delegations_by_session` ON `delegations` (`session`);--> statement-breakpoint
DROP INDEX `tokens_by_owner`;--> statement-breakpoint
ALTER TABLE `tokens` ADD `jkt` text;--> statement-breakpoint
CREATE INDEX `tokens_by_owner` ON `tokens` (`owner_iss`,`owner_sub`,`jti`);--> statement-breakpoint
ALTER TABLE `signing_keys` ADD `changed_at` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
-- By hand.
UPDATE `signing_keys` SET `changed_at` = `created_at`;
