package payment_test

import (
	"testing"
	"time"

	"portico/ent/db/topup"
	"portico/portal/finance/payment"
)

// TestATopUpCanBePaidForSoLong pays a top-up just before and at the end of its
// time: 24 hours online, 30 days by bank transfer.
func TestATopUpCanBePaidForSoLong(t *testing.T) {
	each(t, func(s scene) {
		a := s.w.Verified("Ada")
		online, transfer := s.start(a, topup.ChannelONLINE_BANK, "12.00"), s.start(a, topup.ChannelBANK_TRANSFER, "12.00")
		begun := s.w.Portal.Store.Now()
		open := func(id string) bool {
			row := s.topUp(id)
			return row.Status == topup.StatusPENDING && (row.Channel == topup.ChannelBANK_TRANSFER || payment.PayURL(row, s.w.Portal.Store.Now()) != nil)
		}
		s.Run("3.5: a top-up online can be paid for 24 hours", func(t *testing.T) {
			s.w.AdvanceTo(begun.Add(24*time.Hour - time.Second))
			if !open(online.ID) {
				t.Error("a second before 24 hours it can't be paid any more")
			}
			s.w.AdvanceTo(begun.Add(24 * time.Hour))
			if open(online.ID) {
				t.Error("after 24 hours it can be paid still")
			}
		})
		s.Run("3.5: a top-up by bank transfer can be paid for 30 days", func(t *testing.T) {
			s.w.AdvanceTo(begun.Add(30*24*time.Hour - time.Second))
			if !open(transfer.ID) {
				t.Error("a second before 30 days it can't be paid any more")
			}
			s.w.AdvanceTo(begun.Add(30 * 24 * time.Hour))
			if open(transfer.ID) {
				t.Error("after 30 days it can be paid still")
			}
		})
		s.clean()
	})
}
