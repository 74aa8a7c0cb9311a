CREATE TABLE `limit_holds` (
	`account` text NOT NULL,
	`holder` text NOT NULL,
	`amount` integer NOT NULL,
	`until` integer NOT NULL,
	PRIMARY KEY(`account`, `holder`)
);
--> statement-breakpoint
CREATE INDEX `limit_holds_by_end` ON `limit_holds` (`until`);--> statement-breakpoint
CREATE TABLE `limit_use` (
	`account` text NOT NULL,
	`bucket` integer NOT NULL,
	`used` integer NOT NULL,
	`ends_at` integer NOT NULL,
	PRIMARY KEY(`account`, `bucket`)
);
--> statement-breakpoint
CREATE INDEX `limit_use_by_end` ON `limit_use` (`ends_at`);--> statement-breakpoint
CREATE TABLE `usage` (
	`hour` integer NOT NULL,
	`owner_iss` text NOT NULL,
	`owner_sub` text NOT NULL,
	`tenant` text,
	`agent` text,
	`model` text,
	`upstream` text NOT NULL,
	`requests` integer NOT NULL,
	`input_tokens` integer NOT NULL,
	`output_tokens` integer NOT NULL,
	`estimated_tokens` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `usage_by_hour` ON `usage` (`hour`,`owner_iss`,`owner_sub`,case when tenant is null then '' else tenant end,case when agent is null then '' else agent end,case when model is null then '' else model end,`upstream`);--> statement-breakpoint
CREATE INDEX `usage_by_owner` ON `usage` (`owner_iss`,`owner_sub`,`hour`);--> statement-breakpoint
CREATE TABLE `usage_outbox` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`event` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `usage_outbox_by_id` ON `usage_outbox` (`id`);