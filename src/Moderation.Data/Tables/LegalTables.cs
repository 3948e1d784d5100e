// Tables of releases to authorities, their approvals, and each case's custody record.
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Moderation.Domain.Cases;
using Moderation.Domain.Legal;
using Moderation.Domain.Reports;
using Moderation.Domain.Staff;

namespace Moderation.Data.Tables;

internal sealed class LegalTables
    : IEntityTypeConfiguration<CustodyLine>,
        IEntityTypeConfiguration<Export>,
        IEntityTypeConfiguration<Hold>,
        IEntityTypeConfiguration<ExportApproval>
{
    public void Configure(EntityTypeBuilder<CustodyLine> builder)
    {
        // The key is the chain: no case has two lines of one number, under any race.
        builder.ToTable("custody_lines").HasKey(l => new { l.CaseId, l.Seq });
        builder.Property(l => l.Prev).HasMaxLength(64);
        builder.Property(l => l.Link).HasMaxLength(64);
        builder.Property(l => l.Action).HasMaxLength(20);
        builder.Property(l => l.Exhibit).HasMaxLength(8);
        builder.HasOne<Case>().WithMany().HasForeignKey(l => l.CaseId);
        // A report comes into a case once.
        builder.HasIndex(l => new { l.CaseId, l.ReportId }).IsUnique().HasFilter("report_id is not null");
    }

    public void Configure(EntityTypeBuilder<Export> builder)
    {
        builder.ToTable("exports").HasKey(e => e.Id);
        builder.Property(e => e.ProcessId).HasMaxLength(20);
        builder.Property(e => e.Exhibit).HasMaxLength(8);
        builder.Property(e => e.ArchiveSha256).HasMaxLength(64);
        builder.Property(e => e.Failure).HasMaxLength(120);
        builder.HasOne<Case>().WithMany().HasForeignKey(e => e.CaseId);
        builder.HasOne<Report>().WithMany().HasForeignKey(e => e.ReportId);
        builder.HasOne<StaffMember>().WithMany().HasForeignKey(e => e.RequestedBy);
        builder.HasIndex(e => new { e.CaseId, e.Number }).IsUnique();
        builder.HasIndex(e => e.ProcessId).IsUnique();
        builder.Property<uint>("xmin").IsRowVersion();
    }

    public void Configure(EntityTypeBuilder<Hold> builder)
    {
        builder.ToTable("holds").HasKey(h => h.Id);
        builder.Property(h => h.Basis).HasMaxLength(40);
        builder.Property(h => h.Reference).HasMaxLength(120);
        builder.Property(h => h.Reason).HasMaxLength(512);
        builder.Property(h => h.ReleaseReason).HasMaxLength(512);
        builder.HasOne<StaffMember>().WithMany().HasForeignKey(h => h.PlacedBy);
        builder.HasOne<StaffMember>().WithMany().HasForeignKey(h => h.ReleaseAskedBy);
        builder.HasOne<StaffMember>().WithMany().HasForeignKey(h => h.ReleasedBy);
        builder.Property<uint>("xmin").IsRowVersion();
    }

    public void Configure(EntityTypeBuilder<ExportApproval> builder)
    {
        builder.ToTable("export_approvals").HasKey(a => new { a.ExportId, a.StaffId });
        builder.HasOne<Export>().WithMany().HasForeignKey(a => a.ExportId);
        builder.HasOne<StaffMember>().WithMany().HasForeignKey(a => a.StaffId);
    }
}
