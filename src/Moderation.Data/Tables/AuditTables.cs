// Tables of the audit log.
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Moderation.Data.Tables;

internal sealed class AuditTables
    : IEntityTypeConfiguration<AuditLeaf>,
        IEntityTypeConfiguration<AuditNode>,
        IEntityTypeConfiguration<AuditCheckpoint>,
        IEntityTypeConfiguration<AuditCosignature>,
        IEntityTypeConfiguration<AuditHead>,
        IEntityTypeConfiguration<AuditWaiting>
{
    public void Configure(EntityTypeBuilder<AuditLeaf> builder)
    {
        builder.ToTable("audit_leaves").HasKey(l => l.Index);
        builder.Property(l => l.Index).ValueGeneratedNever();
        // An event is in the log once, however often a sequencer dies.
        builder.HasIndex(l => new { l.EventId, l.Form }).IsUnique();
        // Whoever holds a receipt knows the hash of its leaf; hashes of other leaves are nobody's question.
        builder.HasIndex(l => l.LeafHash).HasDatabaseName("ix_audit_evidence_leaf").HasFilter("form = 'Evidence'");
    }

    public void Configure(EntityTypeBuilder<AuditNode> builder) =>
        builder.ToTable("audit_nodes").HasKey(n => new { n.Height, n.Index });

    public void Configure(EntityTypeBuilder<AuditCheckpoint> builder)
    {
        builder.ToTable("audit_checkpoints").HasKey(c => c.Size);
        builder.Property(c => c.Size).ValueGeneratedNever();
        builder.HasIndex(c => c.BodyHash).IsUnique();
    }

    public void Configure(EntityTypeBuilder<AuditCosignature> builder)
    {
        builder.ToTable("audit_cosignatures").HasKey(c => new { c.Size, c.Witness });
        builder.Property(c => c.Witness).HasMaxLength(200);
        builder.Property(c => c.Line).HasMaxLength(400);
        builder.HasIndex(c => new { c.Witness, c.Size });
    }

    public void Configure(EntityTypeBuilder<AuditHead> builder)
    {
        builder.ToTable("audit_head").HasKey(h => h.Id);
        builder.Property(h => h.Id).ValueGeneratedNever();
    }

    public void Configure(EntityTypeBuilder<AuditWaiting> builder)
    {
        builder.ToTable("audit_waiting").HasKey(w => w.EventId);
        // The database's clock, not the event's: this is how long it has waited.
        builder.Property(w => w.QueuedAt).HasDefaultValueSql("now()");
    }
}
