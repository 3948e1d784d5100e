// Tables of second looks, appeals, labels and visits.
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Moderation.Domain.Cases;
using Moderation.Domain.Labels;
using Moderation.Domain.Meetings;
using Moderation.Domain.Visits;

namespace Moderation.Data.Tables;

internal sealed class ReviewTables
    : IEntityTypeConfiguration<Review>,
        IEntityTypeConfiguration<Appeal>,
        IEntityTypeConfiguration<Label>,
        IEntityTypeConfiguration<Visit>
{
    public void Configure(EntityTypeBuilder<Review> builder)
    {
        builder.ToTable("reviews").HasKey(r => r.Id);
        builder.HasOne<Case>().WithMany().HasForeignKey(r => r.CaseId);
        builder.HasOne<Decision>().WithMany().HasForeignKey(r => r.DecisionId);
        builder.Ignore(r => r.IsOpen);
        builder.Property(r => r.Opinion).HasColumnType("jsonb");
        builder.Property(r => r.Ruling).HasMaxLength(10);
        builder.Property<uint>("xmin").IsRowVersion();
        // A decision waits for one second look, and is drawn once.
        builder.HasIndex(r => new { r.DecisionId, r.Kind }).IsUnique().HasFilter("kind <> 'KnockOn'");
        builder
            .HasIndex(r => new { r.DueAt, r.Id })
            .HasDatabaseName("ix_review_open")
            .HasFilter("state in ('Waiting', 'InProgress', 'Differs')");
        builder.HasIndex(r => r.CaseId);
    }

    public void Configure(EntityTypeBuilder<Appeal> builder)
    {
        builder.ToTable("appeals").HasKey(a => a.Id);
        builder.HasOne<Case>().WithMany().HasForeignKey(a => a.CaseId);
        builder.HasOne<Decision>().WithMany().HasForeignKey(a => a.DecisionId);
        builder.Property(a => a.Modification).HasColumnType("jsonb");
        builder.Property<uint>("xmin").IsRowVersion();
        // One a decision and side, and one more on new material (triage.md 12). Named: else the second is taken for the first.
        builder
            .HasIndex(a => new { a.DecisionId, a.Side }, "ux_appeal_first")
            .HasDatabaseName("ux_appeal_first")
            .IsUnique()
            .HasFilter("new_material is null");
        builder
            .HasIndex(a => new { a.DecisionId, a.Side }, "ux_appeal_again")
            .HasDatabaseName("ux_appeal_again")
            .IsUnique()
            .HasFilter("new_material is not null");
        builder
            .HasIndex(a => new { a.DueAt, a.Id })
            .HasDatabaseName("ix_appeal_open")
            .HasFilter("state in ('Waiting', 'InProgress', 'AwaitingAppellant', 'Grace')");
        builder.HasIndex(a => a.ReleaseAt).HasDatabaseName("ix_appeal_held").HasFilter("state = 'Grace'");
    }

    public void Configure(EntityTypeBuilder<Label> builder)
    {
        builder.ToTable("labels").HasKey(l => l.Id);
        builder.Property(l => l.Subject).HasMaxLength(64);
        builder.Property(l => l.Code).HasMaxLength(40);
        builder.Property(l => l.SetBy).HasMaxLength(100);
        builder.Property(l => l.RemovedBy).HasMaxLength(100);
        builder.Property(l => l.Reason).HasMaxLength(1_000);
        builder.HasIndex(l => new { l.Subject, l.StartsAt });
    }

    public void Configure(EntityTypeBuilder<Visit> builder)
    {
        builder.ToTable("visits").HasKey(v => v.Id);
        builder.HasOne<Case>().WithMany().HasForeignKey(v => v.CaseId);
        builder.HasOne<Meeting>().WithMany().HasForeignKey(v => v.MeetingId);
        builder.Property(v => v.ReasonCode).HasMaxLength(40);
        builder.Property<uint>("xmin").IsRowVersion();
        // One visit at a time to a meeting.
        builder.HasIndex(v => v.MeetingId).HasDatabaseName("ux_visit_open").IsUnique().HasFilter("state <> 'Closed'");
        builder.HasIndex(v => v.ExpiresAt).HasDatabaseName("ix_visit_due").HasFilter("state <> 'Closed'");
    }
}
