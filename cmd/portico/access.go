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
	Create keyCreateCommand `cmd:"" help:"Create a key. Its secret is printed once."`
	List   keyListCommand   `cmd:"" help:"List all keys as JSON lines, including revoked ones."`
	Revoke keyRevokeCommand `cmd:"" help:"Revoke a key. It stops working at once."`
}

type keyCreateCommand struct {
	server.Config `embed:""`
	Service       string `help:"Purpose of the key." enum:"data-plane" required:""`
	Name          string `help:"Name of the key." default:"data plane"`
}

// Run creates a key.
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
	ID            string `arg:"" help:"Id of the key, as shown by key list."`
}

// Run revokes a key.
func (c *keyRevokeCommand) Run() error {
	return on(c.Config, "key revoke", func(ctx context.Context, p *portal.Portal) error {
		return staff.RevokeKey(ctx, p.Store, c.ID)
	})
}

type operatorCommands struct {
	Add        operatorAddCommand        `cmd:"" help:"Add an operator. The first password is printed once."`
	List       operatorListCommand       `cmd:"" help:"List all operators as JSON lines, including those who left."`
	Deactivate operatorDeactivateCommand `cmd:"" help:"Remove an operator's roles and end its sessions."`
}

type operatorAddCommand struct {
	server.Config `embed:""`
	Name          string   `help:"Name of the person." required:""`
	Phone         string   `help:"Phone number with which the person signs in." required:""`
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
	Phone         string `arg:"" help:"Phone number with which the operator signs in."`
}

// Run deactivates an operator.
func (c *operatorDeactivateCommand) Run() error {
	return on(c.Config, "operator deactivate", func(ctx context.Context, p *portal.Portal) error {
		return staff.DeactivateOperator(ctx, p.Store, c.Phone)
	})
}

type keysCommands struct {
	Rotate keysRotateCommand `cmd:"" help:"Add a key to the file of --keys. It seals from the next start on."`
	Reseal keysResealCommand `cmd:"" help:"Reseal all values that were sealed with older keys."`
}

type keysRotateCommand struct {
	server.Config `embed:""`
	Prepare       bool `help:"Only add the key, so that every replica has it before one of them seals with it."`
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

// Run reseals values.
func (c *keysResealCommand) Run() error {
	return on(c.Config, "keys reseal", func(ctx context.Context, p *portal.Portal) error {
		n, err := sealing.Reseal(ctx, p.Store)
		fmt.Printf("%d values were resealed\n", n)
		return err
	})
}

type backupCommand struct {
	server.Config `embed:""`
	Folder        string `arg:"" help:"Folder to create for the backup."`
}

// Run makes a backup.
func (c *backupCommand) Run() error {
	if err := c.Check(); err != nil {
		return err
	}
	err := server.Backup(context.Background(), c.Config, c.Folder)
	if errors.Is(err, ent.ErrNoBackup) {
		return errors.New("setting --database: this command only copies an SQLite database; use mariadb-dump (docs/operations.md)")
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
