// Tables of account activity and of the identity store.
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Moderation.Domain.Accounts;

namespace Moderation.Data.Tables;

internal sealed class ActivityTables : IEntityTypeConfiguration<ActivitySignal>, IEntityTypeConfiguration<Identity>
{
    public void Configure(EntityTypeBuilder<ActivitySignal> builder)
    {
        builder.ToTable("activity_signals").HasKey(s => s.Id);
        builder.Property(s => s.Id).HasMaxLength(64);
        builder.Property(s => s.Kind).HasMaxLength(64);
        builder.Property(s => s.Organisation).HasMaxLength(128);
        builder.Property(s => s.Meeting).HasMaxLength(128);
        builder.Property(s => s.Details).HasColumnType("jsonb");
        builder.HasOne<Account>().WithMany().HasForeignKey(s => s.AccountId);
        builder.HasIndex(s => new { s.AccountId, s.At });
    }

    public void Configure(EntityTypeBuilder<Identity> builder)
    {
        builder.ToTable("identities").HasKey(i => i.Id);
        builder.Property(i => i.Value).HasMaxLength(320);
        builder.HasOne<Account>().WithMany().HasForeignKey(i => i.AccountId);
        builder.HasIndex(i => new { i.AccountId, i.Kind });
        builder.HasIndex(i => i.At);
    }
}
