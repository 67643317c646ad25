package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"portico/ent"
	"portico/portal"
	"portico/portal/access/staff"
	"portico/portal/kernel/sealing"
	"portico/server"
	"portico/server/config"
)

type keyCommands struct {
	Create keyCreateCommand `cmd:"" help:"Make a key; its secret is printed once."`
	List   keyListCommand   `cmd:"" help:"List the keys as JSON lines, revoked ones too."`
	Revoke keyRevokeCommand `cmd:"" help:"End a key at once."`
}

type keyCreateCommand struct {
	server.Config `embed:""`
	Service       string `help:"What the key is for." enum:"data-plane" required:""`
	Name          string `help:"What to call it." default:"data plane"`
}

// Run makes a key.
func (c *keyCreateCommand) Run() error {
	return on(c.Config, "key create", func(ctx context.Context, p *portal.Portal) error {
		secret, err := staff.CreateKey(ctx, p.Store, c.Name, c.Service)
		if err == nil {
			fmt.Println(secret)
		}
		return err
	})
}

type keyListCommand struct {
	server.Config `embed:""`
}

// Run lists the keys.
func (c *keyListCommand) Run() error {
	return on(c.Config, "key list", func(ctx context.Context, p *portal.Portal) error {
		return list(staff.ServiceKeys(ctx, p.Store))
	})
}

type keyRevokeCommand struct {
	server.Config `embed:""`
	ID            string `arg:"" help:"Its id, as key list shows it."`
}

// Run revokes a key.
func (c *keyRevokeCommand) Run() error {
	return on(c.Config, "key revoke", func(ctx context.Context, p *portal.Portal) error {
		return staff.RevokeKey(ctx, p.Store, c.ID)
	})
}

type operatorCommands struct {
	Add        operatorAddCommand        `cmd:"" help:"Add an operator; its first password is printed once."`
	List       operatorListCommand       `cmd:"" help:"List the operators as JSON lines, those who left too."`
	Deactivate operatorDeactivateCommand `cmd:"" help:"Take an operator's roles away and end its sessions."`
}

type operatorAddCommand struct {
	server.Config `embed:""`
	Name          string   `help:"What the person is called." required:""`
	Phone         string   `help:"Phone number; the person signs in by it." required:""`
	Email         string   `help:"E-mail address." required:""`
	Roles         []string `help:"Roles: support, operator-finance, catalogue, compliance, platform." required:""`
}

// Run adds an operator.
func (c *operatorAddCommand) Run() error {
	return on(c.Config, "operator add", func(ctx context.Context, p *portal.Portal) error {
		password, err := staff.AddOperator(ctx, p.Store, c.Name, c.Phone, c.Email, c.Roles)
		if err == nil {
			fmt.Println(password)
		}
		return err
	})
}

type operatorListCommand struct {
	server.Config `embed:""`
}

// Run lists the operators.
func (c *operatorListCommand) Run() error {
	return on(c.Config, "operator list", func(ctx context.Context, p *portal.Portal) error {
		return list(staff.Operators(ctx, p.Store))
	})
}

type operatorDeactivateCommand struct {
	server.Config `embed:""`
	Phone         string `arg:"" help:"The number that it signs in by."`
}

// Run deactivates an operator.
func (c *operatorDeactivateCommand) Run() error {
	return on(c.Config, "operator deactivate", func(ctx context.Context, p *portal.Portal) error {
		return staff.DeactivateOperator(ctx, p.Store, c.Phone)
	})
}

type keysCommands struct {
	Rotate keysRotateCommand `cmd:"" help:"Add a key to the file of --keys, and seal by it from the next start on."`
	Reseal keysResealCommand `cmd:"" help:"Seal anew what older keys sealed."`
}

type keysRotateCommand struct {
	server.Config `embed:""`
	Prepare       bool `help:"Only add the key, so that every replica has it before one seals by it."`
}

// Run rotates the keys.
func (c *keysRotateCommand) Run() error {
	if err := c.Check(); err != nil {
		return err
	}
	id, err := config.RotateKeys(c.Config, c.Prepare)
	if err != nil {
		return err
	}
	if c.Prepare {
		fmt.Printf("key %d is prepared: restart every replica, then run keys rotate\n", id)
		return nil
	}
	fmt.Printf("key %d seals from the next start on: restart every replica, then run keys reseal\n", id)
	return nil
}

type keysResealCommand struct {
	server.Config `embed:""`
}

// Run seals anew.
func (c *keysResealCommand) Run() error {
	return on(c.Config, "keys reseal", func(ctx context.Context, p *portal.Portal) error {
		n, err := sealing.Reseal(ctx, p.Store)
		fmt.Printf("%d values are sealed anew\n", n)
		return err
	})
}

type backupCommand struct {
	server.Config `embed:""`
	Folder        string `arg:"" help:"Folder to make."`
}

// Run makes a backup.
func (c *backupCommand) Run() error {
	if err := c.Check(); err != nil {
		return err
	}
	err := server.Backup(context.Background(), c.Config, c.Folder)
	if errors.Is(err, ent.ErrNoBackup) {
		return errors.New("setting --database: only an SQLite database is copied here; mariadb-dump copies this one (docs/operations.md)")
	}
	return err
}

// list prints rows as JSON lines.
func list[T any](rows []T, err error) error {
	if err != nil {
		return err
	}
	for _, row := range rows {
		b, err := json.Marshal(row)
		if err != nil {
			return err
		}
		fmt.Println(string(b))
	}
	return nil
}
