using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Moderation.Migrations.Steps
{
    /// <inheritdoc />
    public partial class IntakeEnds : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_reports_reporter_id",
                table: "reports");

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "ended_at",
                table: "reports",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "filing_at",
                table: "reports",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "disposition",
                table: "report_subjects",
                type: "character varying(40)",
                maxLength: 40,
                nullable: false,
                defaultValue: "Attached");

            migrationBuilder.AddColumn<byte[]>(
                name: "certificate",
                table: "devices",
                type: "bytea",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "ended_at",
                table: "devices",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "previous_case_id",
                table: "cases",
                type: "uuid",
                nullable: true);

            migrationBuilder.CreateIndex(
                name: "ix_report_uploading",
                table: "reports",
                column: "reporter_id",
                filter: "state = 'Uploading'");

            migrationBuilder.CreateIndex(
                name: "ix_reports_device_kid_filed_at",
                table: "reports",
                columns: new[] { "device_kid", "filed_at" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_report_uploading",
                table: "reports");

            migrationBuilder.DropIndex(
                name: "ix_reports_device_kid_filed_at",
                table: "reports");

            migrationBuilder.DropColumn(
                name: "ended_at",
                table: "reports");

            migrationBuilder.DropColumn(
                name: "filing_at",
                table: "reports");

            migrationBuilder.DropColumn(
                name: "disposition",
                table: "report_subjects");

            migrationBuilder.DropColumn(
                name: "certificate",
                table: "devices");

            migrationBuilder.DropColumn(
                name: "ended_at",
                table: "devices");

            migrationBuilder.DropColumn(
                name: "previous_case_id",
                table: "cases");

            migrationBuilder.CreateIndex(
                name: "ix_reports_reporter_id",
                table: "reports",
                column: "reporter_id");
        }
    }
}
