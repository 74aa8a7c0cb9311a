CREATE TABLE `memory_mover` (
	`one` integer PRIMARY KEY NOT NULL,
	`holder` text NOT NULL,
	`until` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `memory_remote` (
	`owner_iss` text NOT NULL,
	`owner_sub` text NOT NULL,
	`tenant` text NOT NULL,
	`events` integer NOT NULL,
	`erased` integer NOT NULL,
	PRIMARY KEY(`owner_iss`, `owner_sub`, `tenant`)
);
--> statement-breakpoint
CREATE TABLE `memory_removals` (
	`id` text PRIMARY KEY NOT NULL,
	`owner_iss` text NOT NULL,
	`owner_sub` text NOT NULL,
	`tenant` text NOT NULL,
	`at` integer NOT NULL
);
