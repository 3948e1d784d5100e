// Tables of cases, claims, decisions and enforcements.
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Moderation.Domain.Accounts;
using Moderation.Domain.Cases;
using Moderation.Domain.Enforcements;
using Moderation.Domain.Staff;

namespace Moderation.Data.Tables;

internal sealed class CaseTables
    : IEntityTypeConfiguration<Case>,
        IEntityTypeConfiguration<Claim>,
        IEntityTypeConfiguration<Decision>,
        IEntityTypeConfiguration<Enforcement>,
        IEntityTypeConfiguration<Strike>
{
    public void Configure(EntityTypeBuilder<Case> builder)
    {
        builder.ToTable("cases").HasKey(c => c.Id);
        builder.Property(c => c.Reference).HasMaxLength(20);
        builder.HasIndex(c => c.Reference).IsUnique();
        builder.Property(c => c.RankTerms).HasColumnType("jsonb");
        builder.Property(c => c.Version).IsConcurrencyToken();
        // One open case per subject and lane: the index decides, under any race (triage.md 3.2).
        builder
            .HasIndex(c => new
            {
                c.SubjectKind,
                c.SubjectId,
                c.Lane,
            })
            .HasDatabaseName("ux_case_open")
            .IsUnique()
            .HasFilter("status <> 'Closed'");
        builder
            .HasIndex(c => new
            {
                c.Queue,
                c.Band,
                c.RankAt,
                c.Id,
            })
            .HasDatabaseName("ix_case_rank")
            .HasFilter("status = 'Open'");
    }

    public void Configure(EntityTypeBuilder<Claim> builder)
    {
        builder.ToTable("claims").HasKey(c => c.Id);
        builder.HasOne<Case>().WithMany().HasForeignKey(c => c.CaseId);
        builder.HasOne<StaffMember>().WithMany().HasForeignKey(c => c.StaffId);
        // At most one live claim a case (triage.md 6.1).
        builder.HasIndex(c => c.CaseId).HasDatabaseName("ux_claim_live").IsUnique().HasFilter("released_at is null");
        builder.HasIndex(c => new { c.CaseId, c.Fence }).IsUnique();
    }

    public void Configure(EntityTypeBuilder<Decision> builder)
    {
        builder.ToTable("decisions").HasKey(d => d.Id);
        builder.HasOne<Case>().WithMany().HasForeignKey(d => d.CaseId);
        builder.Property(d => d.ActionParameters).HasColumnType("jsonb");
        builder.Property(d => d.Citations).HasColumnType("jsonb");
        builder.Property(d => d.Derivation).HasColumnType("jsonb");
        builder.Property(d => d.DeviationCode).HasMaxLength(40);
        builder.Ignore(d => d.Family);
        builder.HasIndex(d => d.ReleaseAt).HasDatabaseName("ix_decision_held").HasFilter("state = 'Grace'");
        // A case version is decided once, however often the request is repeated.
        builder.HasIndex(d => new { d.CaseId, d.CaseVersion }).IsUnique();
    }

    public void Configure(EntityTypeBuilder<Enforcement> builder)
    {
        builder.ToTable("enforcements").HasKey(e => e.Id);
        builder.HasOne<Account>().WithMany().HasForeignKey(e => e.AccountId);
        builder.HasOne<Decision>().WithMany().HasForeignKey(e => e.DecisionId);
        builder.HasIndex(e => e.AccountId).HasFilter("ended_at is null");
        builder.HasIndex(e => e.SupersededBy).HasFilter("superseded_by is not null");
        builder.HasIndex(e => e.Until).HasFilter("ended_at is null and until is not null");
        builder.Property<uint>("xmin").IsRowVersion();
    }

    public void Configure(EntityTypeBuilder<Strike> builder)
    {
        builder.ToTable("strikes").HasKey(s => s.Id);
        builder.HasOne<Account>().WithMany().HasForeignKey(s => s.AccountId);
        builder.HasOne<Decision>().WithMany().HasForeignKey(s => s.DecisionId);
        // A decision gives its points once, whoever releases it.
        builder.HasIndex(s => s.DecisionId).IsUnique();
        builder.Property(s => s.Family).HasMaxLength(40);
        builder.HasIndex(s => s.ExpiresAt).HasFilter("state = 'Active' and expires_at is not null");
    }
}
