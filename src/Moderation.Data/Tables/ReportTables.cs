// Tables of challenges, reports, their segments and their subjects.
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Moderation.Domain.Accounts;
using Moderation.Domain.Cases;
using Moderation.Domain.Meetings;
using Moderation.Domain.Reports;
using Moderation.Domain.Staff;

namespace Moderation.Data.Tables;

internal sealed class ReportTables
    : IEntityTypeConfiguration<Challenge>,
        IEntityTypeConfiguration<Report>,
        IEntityTypeConfiguration<EvidenceDestruction>,
        IEntityTypeConfiguration<ReportSegment>,
        IEntityTypeConfiguration<ReportSubject>
{
    public void Configure(EntityTypeBuilder<Challenge> builder)
    {
        builder.ToTable("challenges").HasKey(c => c.Value);
        builder.HasIndex(c => c.DeviceKid);
        // Two manifests that answer one challenge at once: the row version lets one of them win.
        builder.Property<uint>("xmin").IsRowVersion();
    }

    public void Configure(EntityTypeBuilder<Report> builder)
    {
        builder.ToTable("reports").HasKey(r => r.Id);
        builder.HasIndex(r => r.ContentId).IsUnique();
        builder.HasIndex(r => r.MeetingId);
        // What a device has filed in the last hour, and what an account is uploading: asked at every head part.
        builder.HasIndex(r => new { r.DeviceKid, r.FiledAt });
        builder.HasIndex(r => r.ReporterId).HasDatabaseName("ix_report_uploading").HasFilter("state = 'Uploading'");
        builder
            .HasIndex(r => r.CompletedAt)
            .HasDatabaseName("ix_report_owed_receipt")
            .HasFilter("state = 'Complete' and intake_receipt is null");
        builder.HasOne<Meeting>().WithMany().HasForeignKey(r => r.MeetingId);
        builder.HasOne<Account>().WithMany().HasForeignKey(r => r.ReporterId);
        builder.Property<uint>("xmin").IsRowVersion();
    }

    public void Configure(EntityTypeBuilder<EvidenceDestruction> builder)
    {
        // One a report: whoever asks second agrees with the first.
        builder.ToTable("evidence_destructions").HasKey(d => d.ReportId);
        builder.Property(d => d.Reason).HasMaxLength(512);
        builder.HasOne<Report>().WithMany().HasForeignKey(d => d.ReportId);
        builder.HasOne<StaffMember>().WithMany().HasForeignKey(d => d.AskedBy);
        builder.HasOne<StaffMember>().WithMany().HasForeignKey(d => d.ApprovedBy);
    }

    public void Configure(EntityTypeBuilder<ReportSegment> builder)
    {
        builder.ToTable("report_segments").HasKey(s => new { s.ReportId, s.Index });
        // Who has this blob: asked before one is deleted, and by the scrub in this order.
        builder.HasIndex(s => s.CiphertextHash);
        builder.HasOne<Report>().WithMany().HasForeignKey(s => s.ReportId);
    }

    public void Configure(EntityTypeBuilder<ReportSubject> builder)
    {
        builder.ToTable("report_subjects").HasKey(s => new { s.ReportId, s.Pseudonym });
        builder.HasOne<Report>().WithMany().HasForeignKey(s => s.ReportId);
        builder.HasOne<Case>().WithMany().HasForeignKey(s => s.CaseId);
        builder.HasIndex(s => s.CaseId);
        builder.Property(s => s.Disposition).HasDefaultValue(ReportDisposition.Attached);
    }
}
