CREATE TABLE `audit_events` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`v` integer NOT NULL,
	`time` integer NOT NULL,
	`action` text NOT NULL,
	`decision` text NOT NULL,
	`reason` text,
	`user_iss` text,
	`user_sub` text,
	`chain` text NOT NULL,
	`jti` text,
	`root` text,
	`sid` text,
	`resource` text,
	`policy` text,
	`request_id` text,
	`prev` text NOT NULL,
	`hash` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `events_by_root` ON `audit_events` (`root`);--> statement-breakpoint
CREATE INDEX `events_by_user` ON `audit_events` (`user_iss`,`user_sub`);--> statement-breakpoint
CREATE TABLE `delegations` (
	`id` text PRIMARY KEY NOT NULL,
	`root` text NOT NULL,
	`parent` text,
	`ancestors` text NOT NULL,
	`owner_iss` text NOT NULL,
	`owner_sub` text NOT NULL,
	`tenant` text,
	`agent` text NOT NULL,
	`chain` text NOT NULL,
	`session` text NOT NULL,
	`scopes` text NOT NULL,
	`created_at` integer NOT NULL,
	`renewable_until` integer NOT NULL,
	`revoked_at` integer,
	FOREIGN KEY (`parent`) REFERENCES `delegations`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `delegations_by_root` ON `delegations` (`root`);--> statement-breakpoint
CREATE INDEX `delegations_by_owner` ON `delegations` (`owner_iss`,`owner_sub`);--> statement-breakpoint
CREATE INDEX `delegations_by_agent` ON `delegations` (`agent`);--> statement-breakpoint
CREATE TABLE `facts` (
	`name` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `revocations` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`kind` text NOT NULL,
	`value` text NOT NULL,
	`at` integer NOT NULL,
	`until` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `revocations_by_value` ON `revocations` (`kind`,`value`,`at`);--> statement-breakpoint
CREATE TABLE `signing_keys` (
	`kid` text PRIMARY KEY NOT NULL,
	`alg` text NOT NULL,
	`status` text NOT NULL,
	`public_jwk` text NOT NULL,
	`sealed_private_key` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `tokens` (
	`jti` text PRIMARY KEY NOT NULL,
	`dlg` text NOT NULL,
	`parent` text,
	`root` text NOT NULL,
	`session` text NOT NULL,
	`owner_iss` text NOT NULL,
	`owner_sub` text NOT NULL,
	`tenant` text,
	`agent` text NOT NULL,
	`agent_auth` text NOT NULL,
	`audience` text NOT NULL,
	`scopes` text NOT NULL,
	`issued_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`revoked_at` integer,
	FOREIGN KEY (`dlg`) REFERENCES `delegations`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `tokens_by_dlg` ON `tokens` (`dlg`);--> statement-breakpoint
CREATE INDEX `tokens_by_owner` ON `tokens` (`owner_iss`,`owner_sub`);